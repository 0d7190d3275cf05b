-- 500 accruals of 500 members, by hand: the rows that points.actions.post_batch writes.
\set first_of_all :first
\set offset random(0, 19)
\set number random(1, 1000000000000000)
BEGIN;
SELECT count(*) FROM (
    SELECT FROM points_account WHERE kind = 'points' AND member_id = ANY (
        SELECT :first_of_all::bigint + :offset::bigint + 20 * n FROM generate_series(0, 499) AS n
    ) ORDER BY id FOR NO KEY UPDATE
) AS locked;
INSERT INTO points_posting (scope, key, request_hash, kind, reason, cause, occurred_at)
    SELECT 'pgbench', :client_id::text || '-' || :number::text || '-' || n, decode(repeat('ab', 32), 'hex'), 'accrue', 'daily.quiz',
        'event', now()
    FROM generate_series(0, 499) AS n;
INSERT INTO points_lot (posting_id, account_id, points, remaining, held, available_at, expires_at)
    SELECT posting.id, account.id, 5, 5, 0, now(), now() + interval '700 days'
    FROM generate_series(0, 499) AS n
    JOIN points_posting posting ON scope = 'pgbench' AND key = :client_id::text || '-' || :number::text || '-' || n
    JOIN points_account account ON member_id = :first_of_all::bigint + :offset::bigint + 20 * n AND account.kind = 'points';
INSERT INTO points_entry (posting_id, account_id, system, amount, balance_after)
    SELECT posting_id, account_id, system, amount, balance_after FROM (
        SELECT posting.id AS posting_id, account.id AS account_id, NULL::smallint AS system, 5 AS amount,
            balance + 5 AS balance_after
        FROM generate_series(0, 499) AS n
        JOIN points_posting posting ON scope = 'pgbench' AND key = :client_id::text || '-' || :number::text || '-' || n
        JOIN points_account account ON member_id = :first_of_all::bigint + :offset::bigint + 20 * n AND account.kind = 'points'
        UNION ALL
        SELECT posting.id, NULL, 1, -5, NULL
        FROM generate_series(0, 499) AS n
        JOIN points_posting posting ON scope = 'pgbench' AND key = :client_id::text || '-' || :number::text || '-' || n
    ) AS entries;
COMMIT;
