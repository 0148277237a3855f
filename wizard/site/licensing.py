"""Which products are used, and on whose licence: third parties' and MinusNow itself."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from wizard.site.values import Flag, Prose, Section


class Licence(Section):
    """From whom a product is, and until when; its key is a secret and is kept in the keyring."""

    vendor: Prose | None = Field(default=None, description="Who sold it.")
    reference: Prose | None = Field(
        default=None, description="Order or contract number; never the licence key itself."
    )
    renewal: date | None = Field(default=None, description="Day of renewal, as 2027-06-30.")
    portal: Prose | None = Field(
        default=None, description="The vendor's portal, such as licences.example.com."
    )
    owner: Prose | None = Field(default=None, description="Who looks after it.")

    @property
    def words(self) -> str:
        """The licence in a line for people; "" if nothing is noted."""
        day = f"renewal on {self.renewal}" if self.renewal else None
        owner = f"owner: {self.owner}" if self.owner else None
        return " · ".join(filter(None, (self.vendor, self.reference, day, self.portal, owner)))


class Component(Licence):
    """One third-party product."""

    edition: Prose = Field(description="The product, such as postgresql, enterprisedb, haproxy.")
    licensed: Flag = Field(
        default=False, description="Whether a licence was bought; false means open source."
    )

    @property
    def words(self) -> str:
        """Product and licence in a line for people."""
        held = "licence bought" if self.licensed else "open source"
        return " · ".join(filter(None, (self.edition, held, super().words)))


class Components(Section):
    """The eight components of the vendor guide; what is not given is not recorded."""

    database: Component | None = Field(default=None, description="PostgreSQL or a variant.")
    cache: Component | None = Field(default=None, description="Redis or a variant.")
    directory: Component | None = Field(default=None, description="OpenLDAP, Active Directory.")
    smtp: Component | None = Field(default=None, description="The mail relay.")
    monitoring: Component | None = Field(default=None, description="Prometheus, Datadog, ...")
    backup: Component | None = Field(default=None, description="pg_dump, Veeam, ...")
    load_balancer: Component | None = Field(default=None, description="HAProxy, Nginx, F5, ...")
    certificates: Component | None = Field(default=None, description="Who signs the certificate.")

    def recorded(self) -> dict[str, Component]:
        """The components that are recorded, by name, in the order of the vendor guide."""
        return {
            name: component
            for name in type(self).model_fields
            if isinstance(component := getattr(self, name), Component)
        }


class ItemState(StrEnum):
    """How far an item of the checklist is."""

    DONE = "done"
    NOT_NEEDED = "not-needed"
    OPEN = "open"


class Item(Section):
    """One line of the licence checklist."""

    state: ItemState = Field(default=ItemState.OPEN, description="done, not-needed or open.")
    owner: Prose | None = Field(default=None, description="Who sees to it.")


def _short(value: object) -> object:
    return {"state": value} if isinstance(value, str) else value


ShortItem = Annotated[
    Item,
    BeforeValidator(
        _short,
        json_schema_input_type=Item | ItemState,
    ),
]


class Checklist(Section):
    """The eight items of the vendor guide's licence procurement checklist."""

    database: ShortItem = Field(default=Item(), description="Database licence.")
    operating_system: ShortItem = Field(
        default=Item(), description="Operating system licences or subscriptions."
    )
    certificates: ShortItem = Field(
        default=Item(), description="Certificate from a trusted authority."
    )
    smtp: ShortItem = Field(default=Item(), description="Mail relay service.")
    load_balancer: ShortItem = Field(default=Item(), description="Load balancer licence.")
    monitoring: ShortItem = Field(default=Item(), description="Licences of monitoring tools.")
    backup: ShortItem = Field(default=Item(), description="Licence of the backup software.")
    directory: ShortItem = Field(default=Item(), description="Directory access licences.")

    def items(self) -> dict[str, Item]:
        """The eight items by name, in the order of the vendor guide."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class Licensing(Section):
    """The licence record of the installation."""

    minusnow: Licence = Field(default=Licence(), description="The licence of MinusNow itself.")
    components: Components = Field(
        default=Components(), description="The third-party products in use."
    )
    checklist: Checklist = Field(
        default=Checklist(), description="The licence procurement checklist."
    )
    accepted_by: Prose | None = Field(
        default=None, description="Who accepted the vendor's licensing notice."
    )
    accepted_on: date | None = Field(default=None, description="When, as 2026-11-23.")
