"""What is measured: one file a measure. A new one is a file here and a line below."""

from bench.measures.batch import BATCH
from bench.measures.create import CREATE
from bench.measures.cursor import CURSOR
from bench.measures.feed import FEED_READ
from bench.measures.history import HISTORY
from bench.measures.include import INCLUDE
from bench.measures.measure import Measure
from bench.measures.memory import PAGE_MEMORY, REST_MEMORY, STREAM_MEMORY
from bench.measures.offset import OFFSET
from bench.measures.page import PAGE
from bench.measures.record import RECORD
from bench.measures.start import START
from bench.measures.weight import Weight
from bench.measures.work import WORK

_MEASURES = (PAGE, OFFSET, CURSOR, INCLUDE, RECORD, FEED_READ, CREATE, HISTORY, BATCH, WORK)
# Reads first: what the others change would make their answers different.
MEASURES: dict[str, Measure] = {measure.name: measure for measure in _MEASURES}
WEIGHTS: dict[str, Weight] = {
    weight.name: weight for weight in (START, REST_MEMORY, PAGE_MEMORY, STREAM_MEMORY)
}
NAMES = (*MEASURES, *WEIGHTS)
