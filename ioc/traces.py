"""Traces on demand: from a request through its transaction and its hint to the page that is drawn.

`IOC_TRACES` is the address to which they go (OpenTelemetry, OTLP over HTTP); without it nothing is
kept, and a span costs a call. A span is named by what is done and by the pattern of a route: never
by whom it is about.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ioc.errors import InvalidInput
from ioc.logs import trace_of

if TYPE_CHECKING:
    from opentelemetry.propagators.textmap import TextMapPropagator
    from opentelemetry.trace import Tracer

VARIABLE = "IOC_TRACES"
PARENT = "traceparent"
NOTHING: AbstractContextManager[None] = nullcontext()


@dataclass(frozen=True)
class _Kept:
    """What keeps traces; the library is loaded only where somebody wants them."""

    tracer: "Tracer"
    propagator: "TextMapPropagator"


_kept: list[_Kept] = []


def set_up_traces(service: str, env: Mapping[str, str]) -> None:
    """Send the spans of this process, which is `service`, to where `IOC_TRACES` says.

    Raises:
        InvalidInput: it is no address, or the extra `otel` is not installed.
    """
    address = env.get(VARIABLE, "").strip()
    if not address:
        return
    if not address.startswith(("http://", "https://")):
        raise InvalidInput(VARIABLE, f"{address!r} is no address like http://127.0.0.1:4318")
    try:
        # Here: who keeps no traces need not have them installed.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise InvalidInput(VARIABLE, "needs: pip install 'open-ioc[otel]'") from None
    exporter = OTLPSpanExporter(endpoint=f"{address.rstrip('/')}/v1/traces")
    begin(service, BatchSpanProcessor(exporter))


def are_kept() -> bool:
    """Tell whether somebody wants the traces of this process."""
    return bool(_kept)


def begin(service: str, processor: Any) -> Callable[[], None]:
    """Give every span of this process to `processor`; return what ends that."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    provider = TracerProvider(resource=Resource.create({"service.name": f"ioc-{service}"}))
    provider.add_span_processor(processor)
    _kept[:] = [_Kept(provider.get_tracer("ioc"), TraceContextTextMapPropagator())]
    trace_of[:] = [_trace_id]

    def end() -> None:
        provider.shutdown()
        _kept.clear()
        trace_of.clear()

    return end


def span(name: str, parent: str = "", **says: str | int) -> AbstractContextManager[Any]:
    """Return the time of one piece of work: a span while traces are kept, else nothing.

    `parent` is what `carried` returned elsewhere; where none is given it is the span of now.
    """
    if not _kept:
        return NOTHING
    context = _kept[0].propagator.extract({PARENT: parent}) if parent else None
    return _kept[0].tracer.start_as_current_span(name, context=context, attributes=says)


def carried() -> str:
    """Return what another process needs to go on with the trace of now; empty without one."""
    if not _kept:
        return ""
    carrier: dict[str, str] = {}
    _kept[0].propagator.inject(carrier)
    return carrier.get(PARENT, "")


def _trace_id() -> str:
    from opentelemetry import trace  # noqa: PLC0415

    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""
