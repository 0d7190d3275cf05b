"""What stands about a service at a site on one day: all that a booking is judged by, by keys alone.

In the database, because a statement of six tables that comes from outside is planned anew each time: 1.3 of the 1.6 ms
it took, a fifth of a booking (tests.benchmarks.bookings). A function keeps its plan as long as its connection lives.
"""

from django.db import migrations

# Shaped as benefits.queries.offers.Offer. No row where the service, the site or the provider takes nobody any more.
OFFER = """
CREATE FUNCTION benefits_offer(place bigint, visit_day date) RETURNS TABLE (
    lasts interval, guests integer, notice varchar, opening time[][], closed boolean,
    contract_price bigint, cny numeric, own_system boolean
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT make_interval(mins => offered.slot_minutes::integer), offered.capacity::integer, service.lead_time,
           ARRAY(
               SELECT ARRAY[hours.opens, hours.closes] FROM benefits_openinghours AS hours
                WHERE hours.site_id = offered.site_id AND hours.weekday = extract(isodow FROM visit_day) - 1
           ),
           EXISTS (
               SELECT FROM benefits_blackoutday AS closing
                WHERE closing.site_id = offered.site_id AND closing.day = visit_day
           ),
           price.id, price.price, provider.has_system
      FROM benefits_siteservice AS offered
      JOIN benefits_service AS service ON service.id = offered.service_id
      JOIN benefits_site AS site ON site.id = offered.site_id AND site.is_active
      JOIN benefits_provider AS provider ON provider.id = site.provider_id AND provider.is_active
      LEFT JOIN LATERAL (
           SELECT priced.id, priced.price
             FROM benefits_contract AS contract
             JOIN benefits_contractprice AS priced
               ON priced.contract_id = contract.id AND priced.service_id = offered.service_id
            WHERE contract.provider_id = provider.id AND visit_day BETWEEN contract.starts_on AND contract.ends_on
      ) AS price ON true
     WHERE offered.id = place AND offered.is_offered;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0001_initial")]

    operations = [migrations.RunSQL(OFFER, "DROP FUNCTION benefits_offer(bigint, date)")]
