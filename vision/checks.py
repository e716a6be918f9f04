"""What `ioc doctor` asks of vision: whether the models are there, and those that were measured."""

from collections.abc import Iterator
from pathlib import Path

from ioc.doctor.model import Defect, Need, fault
from ioc.doctor.premises import Check, Premises
from ioc.errors import Unavailable
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


CHECKS = (Check("weights", Need.NOTHING, weights_faults),)
