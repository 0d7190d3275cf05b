"""The functions that the ledger's one write path (points.actions.post_batch) is made of.

In the database, because each of them is several statements that have to be several (each sees what was committed while
the one before it waited for its lock), and a statement from outside costs its way here and a new plan.
"""

from django.db import migrations

# Locks the accounts of `members` in the order of their ids, opens those that are missing, and answers with what the
# lock protects: ids for new postings, what stands under the keys, the accounts, and per member as many spendable lots,
# first expiring first, as the points in `needs` take. (`known` may name more than was asked for: any scope with any key.)
# Generic plans, because PostgreSQL takes a short array for a reason to plan anew every time: 0.3 ms of 2.2 ms a posting.
LOCK = """
CREATE FUNCTION points_lock(
    members bigint[], needs bigint[], scopes text[], keys text[], spendable_at timestamptz
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    locked integer;
    owner record;
    lot record;
    missing bigint;
    lots json[] := '{}';
BEGIN
    PERFORM FROM points_account WHERE member_id = ANY (members) AND kind = 'points' ORDER BY id FOR NO KEY UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked < cardinality(members) THEN
        INSERT INTO points_account (member_id, kind, balance, held)
            SELECT id, 'points', 0, 0 FROM members_member
            WHERE id = ANY (members) AND NOT EXISTS (
                SELECT FROM points_account WHERE member_id = members_member.id AND kind = 'points'
            ) ORDER BY id
            ON CONFLICT DO NOTHING;
        PERFORM FROM points_account WHERE member_id = ANY (members) AND kind = 'points' ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF 0 < ANY (needs) THEN
        FOR owner IN
            SELECT member_id, account.id, need FROM unnest(members, needs) AS asked (member, need)
            JOIN points_account account ON member_id = member AND kind = 'points' WHERE need > 0
        LOOP
            missing := owner.need;
            FOR lot IN
                SELECT id, remaining - held AS free FROM points_lot
                WHERE account_id = owner.id AND remaining > 0 AND remaining > held
                    AND available_at <= spendable_at AND expires_at > spendable_at
                ORDER BY expires_at, id
            LOOP
                lots := lots || json_build_array(owner.member_id, lot.id, lot.free);
                missing := missing - lot.free;
                EXIT WHEN missing <= 0;
            END LOOP;
        END LOOP;
    END IF;
    RETURN json_build_object(
        'posting_ids', (
            SELECT json_agg(nextval('points_posting_id_seq')) FROM generate_subscripts(keys, 1)
        ),
        'known', (
            SELECT json_agg(json_build_array(scope, key, id, encode(request_hash, 'hex')))
            FROM points_posting WHERE scope = ANY (scopes) AND key = ANY (keys)
        ),
        'accounts', (
            SELECT json_agg(json_build_array(member_id, kind, id, balance, held))
            FROM points_account WHERE member_id = ANY (members)
        ),
        'lots', array_to_json(lots)
    );
END $$;
"""

# Writes down what was decided. Triggers carry entries, uses and holds over to balances, and refuse what is not whole;
# the entries of a posting come last and in one statement. A document a table, because to find five in one takes as
# long as a twelfth of a batch.
RECORD = """
CREATE FUNCTION points_record(
    postings json, captures json, uses json, lots json, entries json
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_posting
            (id, scope, key, request_hash, kind, reason, cause, occurred_at, undoes_id, posted_by_id)
        SELECT id, scope, key, decode(request_hash, 'hex'), kind, reason, cause, occurred_at, undoes_id, posted_by_id
        FROM json_to_recordset(postings) AS posting (
            id bigint, scope text, key text, request_hash text, kind text, reason text, cause text,
            occurred_at timestamptz, undoes_id bigint, posted_by_id bigint
        ) ORDER BY scope, key;
    IF captures IS NOT NULL THEN
        UPDATE points_hold SET state = 'captured', captured = capture.points, posting_id = capture.posting_id,
                ended_at = clock_timestamp()
            FROM json_to_recordset(captures) AS capture (hold_id bigint, posting_id bigint, points bigint)
            WHERE id = hold_id;
    END IF;
    IF uses IS NOT NULL THEN
        INSERT INTO points_lotuse (posting_id, lot_id, points)
            SELECT * FROM json_to_recordset(uses) AS used (posting_id bigint, lot_id bigint, points bigint);
    END IF;
    IF lots IS NOT NULL THEN
        INSERT INTO points_lot
                (posting_id, account_id, source_id, points, remaining, held, available_at, expires_at)
            SELECT posting_id, account_id, source_id, points, points, 0, available_at, expires_at
            FROM json_to_recordset(lots) AS lot (
                posting_id bigint, account_id bigint, source_id bigint, points bigint,
                available_at timestamptz, expires_at timestamptz
            );
    END IF;
    INSERT INTO points_entry (posting_id, account_id, system, amount, balance_after)
        SELECT * FROM json_to_recordset(entries) AS entry (
            posting_id bigint, account_id bigint, system smallint, amount bigint, balance_after bigint
        );
END $$;
"""

# One accrual in one trip: nothing is left to decide where the member has an account with room, owes nothing, and nothing
# stands under the key. Answers with the posting and the balance after it; NULL, and nothing is written, where there is
# something to decide. The same rows as the two functions above write; 1 is points.models.System.ISSUANCE.
ACCRUE = """
CREATE FUNCTION points_accrue(
    member bigint, amount bigint, its_scope text, its_key text, hash bytea, its_reason text, its_cause text,
    occurred timestamptz, available timestamptz, expires timestamptz, poster bigint
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    account bigint;
    after bigint;
    posting bigint;
BEGIN
    SELECT id, balance + amount INTO account, after FROM points_account
        WHERE member_id = member AND kind = 'points' AND balance <= 9223372036854775807 - amount
        FOR NO KEY UPDATE;
    IF account IS NULL
        OR EXISTS (SELECT FROM points_account WHERE member_id = member AND kind = 'debt' AND balance < 0)
        OR EXISTS (SELECT FROM points_posting WHERE scope = its_scope AND key = its_key) THEN
        RETURN NULL;
    END IF;
    INSERT INTO points_posting (scope, key, request_hash, kind, reason, cause, occurred_at, posted_by_id)
        VALUES (its_scope, its_key, hash, 'accrue', its_reason, its_cause, occurred, poster)
        RETURNING id INTO posting;
    INSERT INTO points_lot (posting_id, account_id, points, remaining, held, available_at, expires_at)
        VALUES (posting, account, amount, amount, 0, available, expires);
    INSERT INTO points_entry (posting_id, account_id, system, amount, balance_after)
        VALUES (posting, account, NULL, amount, after), (posting, NULL, 1, -amount, NULL);
    RETURN ARRAY[posting, after];
END $$;
"""

# Asked at once: with keys that are asked at the commit, what a row rests on could come after it, and what its triggers
# count would not be there yet.
KEYS_AT_ONCE = """
DO $$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT conname, conrelid::regclass AS whose FROM pg_constraint WHERE contype = 'f' AND conrelid IN (
            'points_entry'::regclass, 'points_lot'::regclass, 'points_lotuse'::regclass,
            'points_hold'::regclass, 'points_holdpart'::regclass
        )
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', key.whose, key.conname);
    END LOOP;
END $$;
"""

# Ids in the order of the statements, and of the rows within one, or balances would not follow one another in the order
# of ids. Whoever overrides that has to have the right to (members.granting).
NUMBERED = "ALTER TABLE points_entry ALTER id SET GENERATED ALWAYS"


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    operations = [
        migrations.RunSQL(
            LOCK, "DROP FUNCTION points_lock(bigint[], bigint[], text[], text[], timestamptz)"
        ),
        migrations.RunSQL(RECORD, "DROP FUNCTION points_record(json, json, json, json, json)"),
        migrations.RunSQL(ACCRUE, "DROP FUNCTION points_accrue"),
        migrations.RunSQL(KEYS_AT_ONCE, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERED, "ALTER TABLE points_entry ALTER id SET GENERATED BY DEFAULT"),
    ]
