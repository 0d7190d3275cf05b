-- One accrual, by hand: the rows that points.actions.accrue writes.
\set member random(:first, :last)
\set number random(1, 1000000000000000)
BEGIN;
SELECT id AS account, balance FROM points_account WHERE member_id = :member AND kind = 'points' FOR NO KEY UPDATE \gset
INSERT INTO points_posting (scope, key, request_hash, kind, reason, cause, occurred_at)
    VALUES ('pgbench', :client_id::text || '-' || :number::text, decode(repeat('ab', 32), 'hex'), 'accrue', 'daily.quiz', 'event', now())
    RETURNING id AS posting \gset
INSERT INTO points_lot (posting_id, account_id, points, remaining, held, available_at, expires_at)
    VALUES (:posting, :account, 5, 5, 0, now(), now() + interval '700 days');
INSERT INTO points_entry (posting_id, account_id, system, amount, balance_after)
    VALUES (:posting, :account, NULL, 5, :balance::bigint + 5), (:posting, NULL, 1, -5, NULL);
COMMIT;
