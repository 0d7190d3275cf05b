"""The invented network: whole, the same each time, and taken over without a reject."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from benefits.models import BlackoutDay, Contract, Provider, Service, Site, SiteService
from benefits.queries.places import search_places
from benefits.synthetic.kinds import PRICES
from benefits.synthetic.network import Network, write_network
from members.catalogue import rows
from members.synthetic.dice import Dice
from members.synthetic.places import REGIONS
from tests.benefits.deliveries import Delivery
from tests.benefits.network import MONDAY, NOW

TODAY = NOW.date()


def every_service():
    """As the catalogue has them; whether one is booked for a time matters not here."""
    for row in {row["service_code"]: row for row in rows("benefits")}.values():
        Service.objects.create(
            code=row["service_code"], name_zh=row["name_zh"], name_en=row["name_en"], category=row["category"],
            mode=Service.Mode.SLOT, unit=row["unit"], partner_kind=row["partner_kind"],
            lead_time=row["booking_lead_time"],
        )  # fmt: skip


def test_it_works(monday_morning, tmp_path):
    every_service()
    write_network(folder=tmp_path, sites=60, seed=1, today=TODAY)
    delivery = Delivery(tmp_path)
    assert delivery.load() == 0
    assert Site.objects.count() == 60
    assert set(Provider.objects.values_list("kind", flat=True)) == set(Provider.Kind) - {Provider.Kind.INSURER}
    assert BlackoutDay.objects.count() == 120
    assert 0 < Provider.objects.filter(has_system=True).count() < Provider.objects.count() / 2
    assert SiteService.objects.filter(capacity__lt=1).count() == 0
    found = search_places(service_code="dental_cleaning", day=MONDAY, limit=100)
    assert len(found) > 10


def test_everybody_has_a_contract_but_few_who_ended(monday_morning, tmp_path):
    every_service()
    write_network(folder=tmp_path, sites=200, seed=2, today=TODAY)
    assert Delivery(tmp_path).load() == 0
    covered = set(Contract.objects.on(TODAY + timedelta(days=90)).values_list("provider", flat=True))
    everybody = set(Provider.objects.values_list("pk", flat=True))
    assert 0.85 * len(everybody) < len(covered) <= len(everybody)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    def written(folder, seed):
        write_network(folder=tmp_path / folder, sites=40, seed=seed, today=TODAY)
        return [path.read_bytes() for path in sorted((tmp_path / folder).glob("*.csv"))]

    assert written("a", 7) == written("b", 7) != written("c", 8)


def test_every_city_has_a_place_on_the_map_and_every_service_a_price():
    assert set(Network(Dice(1), TODAY).centres) == {region.city for region in REGIONS.items}
    served = {row["service_code"] for row in rows("benefits") if row["partner_kind"] != Provider.Kind.INSURER}
    assert set(PRICES) == served


def test_even_a_small_network_serves_the_largest_city_with_everything(monday_morning, tmp_path):
    every_service()
    write_network(folder=tmp_path, sites=60, seed=1, today=TODAY)
    Delivery(tmp_path).load()
    saturday = MONDAY + timedelta(days=5)
    for service in ("dental_cleaning", "health_checkup", "festival_priority"):
        assert search_places(service_code=service, day=saturday, city="上海市"), service
    assert search_places(service_code="direct_billing_network", day=MONDAY, city="上海市")


def test_sites_lie_in_their_cities():
    network = Network(Dice(3), TODAY)
    for site in network.build(300)["sites"]:
        city, latitude, longitude = site[5], site[9], site[10]
        middle = network.centres[city]
        assert abs(latitude - middle[0]) < 0.4 and abs(longitude - middle[1]) < 0.4


def test_the_command(tmp_path, capsys):
    call_command("make_provider_network", str(tmp_path / "net"), sites=10, today=date(2027, 3, 1))
    assert "sites.csv written=10" in capsys.readouterr().out.splitlines()
    with pytest.raises(CommandError, match="at least 4 sites"):
        call_command("make_provider_network", str(tmp_path / "net"), sites=3)
