"""Objects of models from the rows of prepared queries, without what Django does for each field of each of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.query import RelatedPopulator
from django.db.models.signals import post_init, pre_init


class PlainModel:
    """In place of the model where Django asks it for an object."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model

    def from_db(self, using: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        """A field that is not named is read from the database when somebody looks at it, as in Django."""
        made = self._model.__new__(self._model)
        made._state = ModelState()
        made._state.adding, made._state.db = False, using
        made.__dict__.update(zip(names, values, strict=True))
        return made


def plainly(model: type[Model]) -> Any:
    """The model itself where somebody listens, or objects are made in a way of their own."""
    is_own = model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__  # type: ignore[attr-defined]  # of a class method
    is_heard = pre_init.has_listeners(model) or post_init.has_listeners(model)
    return model if is_own or is_heard else PlainModel(model)


def load_plainly(populators: Iterable[RelatedPopulator]) -> None:
    """Those of related objects, and of what is related to them."""
    for populator in populators:
        populator.model_cls = plainly(populator.model_cls)
        load_plainly(populator.related_populators)
