"""What a visit costs: the price common to all sources, and by how much it is dearer at some sites."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.sql.schema import notes

#: The note that holds the price of a visit, as JSON.
PRICE_NOTE = "price of a visit"
#: The note that holds of each registrable domain that would else spend more than its budget: by how much a visit is
#: dearer there, how far apart those of a source are on the mean, and how much of the first comes of budgets used up.
SITES_NOTE = "prices of sites"


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices in force: `price` is None until one was set, `sites` is what SITES_NOTE holds."""

    price: float | None
    sites: Mapping[str, Sequence[float]]

    def of(self, domain: str) -> tuple[float | None, float]:
        """The price of a visit of a site's source, and the least mean gap between those of each."""
        if self.price is None:
            return None, 0.0
        factor, least_gap_s, _ = self.sites.get(domain, (1.0, 0.0, 1.0))
        return self.price * factor, least_gap_s


def prices_in(connection: Connection) -> Prices:
    """Reads them."""
    told = select(notes.c.name, notes.c.value).where(notes.c.name.in_((PRICE_NOTE, SITES_NOTE)))
    values: dict[str, str] = {row.name: row.value for row in connection.execute(told)}
    if PRICE_NOTE not in values:
        return Prices(None, {})
    return Prices(json.loads(values[PRICE_NOTE])["price"], json.loads(values.get(SITES_NOTE, "{}")))
