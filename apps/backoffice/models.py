from django.db import models


class DailyFigures(models.Model):
    """What was counted of one day (UTC), so that the dashboard need not look at the rows of months.

    `tasks`: how many were ordered that day, by what became of them. `points`: rows and points of the ledger by kind.
    `sales`, `refunds`: orders and prices by product, environment and currency.
    A stale row is counted again by the next run.
    """

    day = models.DateField(primary_key=True)
    tasks = models.JSONField()
    points = models.JSONField()
    sales = models.JSONField()
    refunds = models.JSONField()
    counted_at = models.DateTimeField()
    is_stale = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "daily figures"

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
