SET session_replication_role = replica;
ALTER TABLE staff_staffaction DISABLE TRIGGER audit_is_never_emptied;
TRUNCATE emoji_emojitask, emoji_photoupload, emoji_detection, points_pointtransaction, points_userpoints,
    billing_revenuecatevent, billing_order, billing_subscription, billing_customeralias, core_idempotencyrecord,
    accounts_user CASCADE;
INSERT INTO accounts_user (id, password, is_superuser, nickname, billing_user_id, vip_is_lifetime, is_tester, is_staff,
    is_active, created_at, updated_at)
SELECT n, '', false, 'nickname-' || n, gen_random_uuid(), n % 500 = 0, n % 20000 = 0, false, n % 1000 <> 0,
    now() - (n || ' s')::interval, now()
FROM generate_series(1, {rows}) n;
INSERT INTO emoji_photoupload (id, user_id, key, content_type, content_length, expires_at, created_at, updated_at)
SELECT n, n, 'photos/' || n, 'image/jpeg', 100000, now(), now(), now() FROM generate_series(1, 1000) n;
INSERT INTO emoji_emojitask (id, user_id, template_id, upload_id, client_ref, status, stage, version, attempt, turn_at,
    next_step_at, claims, retries, photo_key, provider, provider_account, submit_no, provider_task_id, provider_status,
    provider_result_url, result_key, result_content_type, result_size, result_sha256, error_code, error_raw, cost,
    spend_transaction_id, completed_at, created_at, updated_at)
SELECT n, 1 + n * 7 % {rows}, (SELECT min(id) FROM emoji_emojitemplate), 1 + n % 1000, '', status,
    CASE WHEN status = 'succeeded' THEN 'saving' ELSE 'generating' END, 9, 1, now(), now(), 0, 0, 'p', 'dashscope',
    CASE WHEN n % 100000 = 0 THEN 'second' ELSE 'main' END, 1, 'provider-' || n, 'succeeded', '', 'results/' || n,
    'video/mp4', 1000000, repeat('0', 64),
    CASE WHEN status <> 'failed' THEN '' WHEN n % 100000 = 33 THEN 'rare' ELSE 'provider_failed' END,
    '', 200, n, now(), now(), now()
FROM (SELECT n, CASE WHEN n % 1000 = 33 THEN 'failed' WHEN n % 5000 = 0 THEN 'canceled' ELSE 'succeeded' END AS status
    FROM generate_series(1, {rows}) n) made;
INSERT INTO points_pointtransaction (id, user_id, kind, sequence, amount, purchased_amount, granted_amount,
    balance_after, reference, title, created_at)
SELECT n, 1 + n * 7 % {rows}, CASE WHEN n % 50000 = 0 THEN 'transfer_in' WHEN amount < 0 THEN 'spend' ELSE 'purchase' END,
    n, amount, amount, 0, 100, 'fact:' || n, 'Bench', now()
FROM (SELECT n, CASE WHEN n % 2 = 0 AND n % 50000 <> 0 THEN -100 ELSE 100 END AS amount FROM generate_series(1, {rows}) n)
    made;
INSERT INTO billing_revenuecatevent (id, event_id, source, deliveries, body, type, event_at_ms, environment, store,
    app_user_id, names, product_id, transaction_id, original_transaction_id, outcome, reason, traceback, attempts,
    created_at, updated_at)
SELECT n, 'event-' || n, 'webhook', 1, repeat('x', 1500)::bytea,
    (ARRAY['RENEWAL', 'INITIAL_PURCHASE', 'CANCELLATION', 'NON_RENEWING_PURCHASE'])[1 + n % 4],
    1700000000000 + n, CASE WHEN n % 50000 = 0 THEN 'SANDBOX' ELSE 'PRODUCTION' END, 'APP_STORE', 'user-' || n % 200000,
    ARRAY['user-' || n % 200000], 'pro_monthly', 'transaction-' || n, 'transaction-' || n % 100000,
    CASE WHEN n % 100000 = 0 THEN 'failed' ELSE 'applied' END, '', '', 1, now() - (n || ' s')::interval, now()
FROM generate_series(1, {rows}) n;
INSERT INTO billing_order (id, user_id, kind, status, store, environment, transaction_id, purchased_at, product_id,
    quantity, currency, points_granted, points_taken_back, price, created_at, updated_at)
SELECT n, 1 + n * 7 % {rows}, CASE WHEN n % 3 = 0 THEN 'points' ELSE 'subscription' END,
    CASE WHEN n % 100000 = 0 THEN 'refunded' ELSE 'paid' END,
    CASE WHEN n % 100000 = 7 THEN 'RARE_STORE' WHEN n % 2 = 0 THEN 'APP_STORE' ELSE 'PLAY_STORE' END,
    CASE WHEN n % 50000 = 0 THEN 'SANDBOX' ELSE 'PRODUCTION' END, 'transaction-' || n, now(), 'pack_small', 1, 'USD',
    100, 0, 0.99, now(), now()
FROM generate_series(1, {rows}) n;
INSERT INTO staff_staffaction (id, action, object_type, object_id, reason, request_id, created_at)
SELECT n, CASE WHEN n % 100000 = 0 THEN 'rare' WHEN n % 2 = 0 THEN 'login' ELSE 'accounts.user.change' END,
    'accounts.user', n::text, '', 'request-' || n, now()
FROM generate_series(1, {rows}) n;
INSERT INTO accounts_device (id, user_id, device_id_mac, device_id_tail, secret_sha256, secret_state, platform, app_version,
    os_version, device_model, last_login_at, created_at, updated_at)
SELECT n, n, decode(md5(n::text), 'hex'), right(md5(n::text), 4), '', CASE WHEN n % 100000 = 0 THEN 'issued' ELSE 'confirmed' END,
    CASE WHEN n % 3 = 0 THEN 'android' ELSE 'ios' END, '1.0.0', '', '', now(), now(), now()
FROM generate_series(1, {rows}) n;
INSERT INTO accounts_session (id, user_id, device_id, auth_level, expires_at, revoked_at, revoked_reason, created_at, updated_at)
SELECT n, n, n, CASE WHEN n % 100000 = 0 THEN 'bare' ELSE 'secret' END, now(), CASE WHEN n % 2 = 0 THEN now() END,
    CASE WHEN n % 2 = 0 THEN 'logout' ELSE '' END, now(), now()
FROM generate_series(1, {rows}) n;
INSERT INTO accounts_refreshtoken (id, session_id, token_sha256, expires_at, rotated_at, salt, created_at)
SELECT n, n, decode(md5(n::text), 'hex'), now(), now(), '', now() FROM generate_series(1, {rows}) n;
INSERT INTO accounts_consentrecord (id, user_id, purpose, version, granted, app_version, created_at)
SELECT n, n, 'ai_processing', '1', n % 100000 <> 0, '1.0.0', now() FROM generate_series(1, {rows}) n;
INSERT INTO points_userpoints (id, user_id, purchased, granted, last_sequence, created_at, updated_at)
SELECT n, n, n % 5000, 0, n, now(), now() FROM generate_series(1, {rows}) n;
INSERT INTO points_grantlot (id, user_id, credit_id, remaining, expires_at, created_at, updated_at)
SELECT n, n, n, 0, now(), now(), now() FROM generate_series(1, {rows}) n;
INSERT INTO billing_subscription (id, user_id, store, environment, original_transaction_id, product_id, plan, period_type,
    started_at, expires_at, is_lifetime, will_renew, cancel_reason, end_reason, is_doubtful, is_family_share, is_temporary,
    owner_names, pending_product_id, created_at, updated_at)
SELECT n, n, CASE WHEN n % 2 = 0 THEN 'APP_STORE' ELSE 'PLAY_STORE' END,
    CASE WHEN n % 50000 = 0 THEN 'SANDBOX' ELSE 'PRODUCTION' END, 'transaction-' || n, 'weekly_001',
    CASE WHEN n % 100000 = 0 THEN 'lifetime' ELSE 'weekly' END, 'NORMAL', now(), now(), false, true, '', '', false, false, false,
    '{}', '', now(), now()
FROM generate_series(1, {rows}) n;
INSERT INTO billing_customeralias (id, user_id, name, created_at, updated_at)
SELECT n, n, 'alias-' || n, now(), now() FROM generate_series(1, {rows}) n;
INSERT INTO emoji_photoupload (id, user_id, key, content_type, content_length, expires_at, sha256, next_look_at, closed_at,
    removed_at, created_at, updated_at)
SELECT n, n, 'photos/' || n, 'image/jpeg', 100000, now(), '', now(), now(), CASE WHEN n % 100000 <> 0 THEN now() END,
    now(), now()
FROM generate_series(1001, {rows}) n;
INSERT INTO emoji_detection (id, user_id, photo_sha256, ratio, provider, outcome, reason, face_box, extended_box, asked_at,
    expires_at, created_at, updated_at)
SELECT n, n, n::text, '1:1', 'dashscope', CASE WHEN n % 10 = 0 THEN 'refused' ELSE 'passed' END,
    CASE WHEN n % 100000 = 0 THEN 'photo_blocked' WHEN n % 10 = 0 THEN 'photo_no_face' ELSE '' END, '[]', '[]', now(), now(),
    now(), now()
FROM generate_series(1, {rows}) n;
INSERT INTO core_idempotencyrecord (id, user_id, scope, key, body_sha256, status, answer, created_at, updated_at)
SELECT n, n, 'POST /api/v1/emoji/tasks', 'key-' || n, '', 201, '', now(), now() FROM generate_series(1, {rows}) n;
ALTER TABLE staff_staffaction ENABLE TRIGGER audit_is_never_emptied;
SET session_replication_role = origin;
VACUUM ANALYZE
