# One image, one service a container: the command says which. No GPU, no root, no compiler.
FROM python:3.11-slim

RUN useradd --create-home --uid 10001 ioc \
    && install -d -o ioc -g ioc -m 0700 /var/lib/ioc /var/lib/ioc/evidence /var/lib/ioc/spool \
        /var/lib/ioc/backups
WORKDIR /srv/ioc

COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY ioc ioc
COPY vision vision
COPY ingest ingest
COPY dashboards dashboards
COPY config config
# Editable, since the city's folder lies beside the packages.
RUN pip install --no-cache-dir -c constraints.txt -e . \
    && python -m compileall -q ioc vision ingest dashboards

USER ioc
ENV IOC_STATE=/var/lib/ioc
VOLUME /var/lib/ioc
ENTRYPOINT ["ioc"]
CMD ["--help"]
