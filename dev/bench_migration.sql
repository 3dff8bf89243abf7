INSERT INTO accounts_user (id, password, is_superuser, nickname, billing_user_id, vip_is_lifetime, is_tester, is_staff,
    is_active, created_at, updated_at)
SELECT n, '', false, '', gen_random_uuid(), false, false, false, true, now(), now() FROM generate_series(1, {users}) n;
INSERT INTO points_pointtransaction (id, user_id, kind, sequence, amount, purchased_amount, granted_amount,
    balance_after, reference, title, created_at)
SELECT (n - 1) * {each} + k, n, 'purchase', k, 1, 1, 0, k, 'bench:' || n || ':' || k, 'Bench', now()
FROM generate_series(1, {users}) n, generate_series(1, {each}) k;
INSERT INTO points_userpoints (id, user_id, purchased, granted, last_sequence, created_at, updated_at)
SELECT n, n, {each}, 0, {each}, now(), now() FROM generate_series(1, {users}) n;
VACUUM ANALYZE points_pointtransaction, points_userpoints, accounts_user;
