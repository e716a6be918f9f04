# Two images from one file: the city's services (the command says which), and Caddy before them.
# No GPU, no root, no compiler. The same commit gives the same packages: every one is pinned by
# constraints.txt, bytecode carries no times, and `SOURCE_DATE_EPOCH` sets those of the layers.

ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
ARG CADDY_IMAGE=caddy:2.11.7

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/ioc
ENV PATH=/opt/ioc/bin:$PATH
WORKDIR /srv/ioc
# What others made stands in a layer of its own, which changes only when a pin does.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb')); \
        print(*p['project']['dependencies'], *p['build-system']['requires'], sep='\n')" \
        > /tmp/wanted.txt \
    && pip install --constraint constraints.txt --requirement /tmp/wanted.txt
COPY README.md LICENSE ./
COPY ioc ioc
COPY vision vision
COPY ingest ingest
COPY dashboards dashboards
COPY config config
# Editable, since the city's folder lies beside the packages.
RUN pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/ioc/lib ioc vision ingest dashboards

FROM ${PYTHON_IMAGE} AS services
RUN groupadd --gid 10001 ioc \
    && useradd --no-create-home --home-dir /var/lib/ioc --uid 10001 --gid 10001 ioc \
    && install -d -o ioc -g ioc -m 0700 /var/lib/ioc /var/lib/ioc/evidence /var/lib/ioc/spool \
        /var/lib/ioc/backups
COPY --from=build /opt/ioc /opt/ioc
COPY --from=build /srv/ioc /srv/ioc
ENV PATH=/opt/ioc/bin:$PATH IOC_STATE=/var/lib/ioc PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/ioc
# By number: an orchestrator that forbids root must see that it is none.
USER 10001:10001
ENTRYPOINT ["ioc"]
CMD ["--help"]

FROM ${CADDY_IMAGE} AS proxy
# Caddy's image keeps certificates in folders of root; ours runs as nobody special.
RUN install -d -o 10001 -g 10001 -m 0700 /data /config
COPY deploy/caddy/Caddyfile /etc/caddy/Caddyfile
USER 10001:10001
