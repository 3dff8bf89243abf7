SET session_replication_role = replica;
INSERT INTO accounts_user (id, password, is_superuser, nickname, billing_user_id, vip_is_lifetime, is_tester, is_staff,
    is_active, created_at, updated_at)
SELECT {first_id} + n, '', false, '', gen_random_uuid(), false, false, false, true, '{moment}', '{moment}'
FROM generate_series(1, {users}) n;
INSERT INTO points_pointtransaction (id, user_id, kind, sequence, amount, purchased_amount, granted_amount,
    balance_after, reference, title, created_at)
SELECT {first_id} + (n - 1) * {each} + k, {first_id} + n, 'purchase', k, 1, 1, 0, k, 'bench:' || n || ':' || k, 'Bench', '{moment}'
FROM generate_series(1, {users}) n, generate_series(1, {each}) k;
INSERT INTO points_userpoints (id, user_id, purchased, granted, last_sequence, created_at, updated_at)
SELECT {first_id} + n, {first_id} + n, {each}, 0, {each}, '{moment}', '{moment}' FROM generate_series(1, {users}) n;
VACUUM ANALYZE points_pointtransaction, points_userpoints, accounts_user;
