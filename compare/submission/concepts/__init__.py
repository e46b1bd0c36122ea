"""The table of concepts: everything of the course that a submission may hold."""

from compare.submission.concept import Concept
from compare.submission.concepts import activations, networks

CONCEPTS: tuple[Concept, ...] = (
    *activations.CONCEPTS,
    *networks.CONCEPTS,
)
