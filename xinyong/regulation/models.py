"""Tables of the regulation floor, each described where it belongs."""

from xinyong.regulation.measures.models import Measure, MeasureAct, MeasureBasis

__all__ = ["Measure", "MeasureAct", "MeasureBasis"]
