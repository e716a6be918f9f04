"""`/v1/tasks`: what health stations have to do, and what they did about it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result
from ingest.body import parse_object, read_body
from ingest.openapi import answers, body_of
from ingest.payloads import Instant
from ingest.people_payloads import parse_task_step, unit_named
from ioc.access.model import ApiKey, Right
from ioc.clock import local_day
from ioc.people.model import Contact, Task, TaskState
from ioc.people.tasks import contact_of, find_tasks, take_step, units_of_source

Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]


def create_router(door: Door) -> APIRouter:
    """Return the routes of the tasks of stations."""
    router = APIRouter(tags=["tasks"])
    station = door.needs(Right.TASKS)

    @router.get("/v1/tasks", responses=answers("Tasks"))
    def get_tasks(
        key: Annotated[ApiKey, Depends(station)],
        state: TaskState = TaskState.OPEN,
        unit: Annotated[str | None, Query(max_length=128)] = None,
        since: Instant | None = None,
    ) -> JSONResponse:
        """Return the tasks whose time has begun (`since` an instant), what is due first.

        A key whose source is the id or the code of a unit is its station's, and sees it alone.
        """
        city = door.centre.city
        units = units_of_source(city, key.source)
        if unit is not None:
            asked = unit_named(city, "unit", unit, local_day(door.centre.now(), city.zone))
            units = [asked] if units is None or asked in units else []
        found = find_tasks(door.centre, units, [state], since)
        return JSONResponse({"items": [_shown(task) for task in found]})

    @router.get("/v1/tasks/{ref}", responses=answers("Contact"))
    def get_task(key: Annotated[ApiKey, Depends(station)], ref: Ref) -> JSONResponse:
        """Return a task with whom to call on, and where; it is audited."""
        units = units_of_source(door.centre.city, key.source)
        contact = contact_of(door.centre, ref, f"api:{key.source}", units)
        return JSONResponse(_shown_contact(contact))

    @router.post(
        "/v1/tasks/{ref}/steps", responses=answers("Task"), openapi_extra=body_of("TaskStepBody")
    )
    def post_step(
        key: Annotated[ApiKey, Depends(station)],
        ref: Ref,
        body: Annotated[bytes, Depends(read_body)],
    ) -> JSONResponse:
        """Record a call or a visit: reached, no answer, referred, cancelled."""
        call = parse_task_step(parse_object(body))
        units = units_of_source(door.centre.city, key.source)
        task = take_step(door.centre, ref, call, f"api:{key.source}", units)
        return JSONResponse(_shown(task))

    return router


def _shown(task: Task) -> Result:
    return {
        "ref": task.ref,
        "declaration": task.declaration,
        "unit": task.unit,
        "kind": task.kind.value,
        "day": task.day,
        "from_at": task.from_at.isoformat(),
        "due_at": task.due_at.isoformat(),
        "state": task.state.value,
        "level": task.level,
        "tries": task.tries,
        "done_at": None if task.done_at is None else task.done_at.isoformat(),
        "done_by": task.done_by,
    }


def _shown_contact(contact: Contact) -> Result:
    return {
        **_shown(contact.task),
        "people": [{"name": name, "born": year} for name, year in contact.people],
        "phone": contact.phone,
        "cell": contact.cell,
        "address": contact.address,
        "origin": contact.origin,
    }
