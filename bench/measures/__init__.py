"""What is measured: one file a measure. A new one is a file here and a line below."""

from bench.measures.create import CREATE
from bench.measures.measure import Measure
from bench.measures.page import PAGE
from bench.measures.record import RECORD

MEASURES: dict[str, Measure] = {measure.name: measure for measure in (PAGE, RECORD, CREATE)}
