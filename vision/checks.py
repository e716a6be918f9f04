"""What `ioc doctor` asks of vision: whether the models are there, and those that were measured."""

from collections.abc import Iterator
from pathlib import Path

from ioc.doctor.model import Defect, Need, fault
from ioc.doctor.premises import Check, Premises
from ioc.errors import ConfigFault, Unavailable
from vision.health_limits import load_limits
from vision.weights import FOLDER, find_weights, load_manifest

VARIABLE = "IOC_WEIGHTS"


def weights_faults(at: Premises) -> Iterator[Defect]:
    """Name models that are missing, or not those of the manifest."""
    folder = Path(at.env.get(VARIABLE) or FOLDER)
    try:
        for name in load_manifest(folder):
            find_weights(name, folder)
    except Unavailable:
        yield fault("weights_wrong", folder=folder, setting=VARIABLE)


def config_faults(folder: Path, _known: object) -> list[ConfigFault]:
    """Return what is wrong in the limits of camera health, which lie beside a city's folder."""
    try:
        load_limits(folder.parent)
    except ConfigFault as fault:
        return [fault]
    return []


CHECKS = (Check("weights", Need.NOTHING, weights_faults),)
