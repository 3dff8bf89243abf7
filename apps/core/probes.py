"""What balancers and monitoring ask, every few seconds, and often by address."""

# Below /api/v1 as the predecessor had them, for those who ask there.
LIVENESS = ("/healthz", "/api/v1/health", "/api/v1/utils/health-check")
PROBES = frozenset({*LIVENESS, "/readyz", "/metrics"})
