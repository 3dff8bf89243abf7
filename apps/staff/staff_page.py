from apps.staff.audited_admin import AuditedAdmin
from apps.staff.bounded_list import BoundedList
from apps.staff.exported_admin import ExportedAdmin


class StaffPage(AuditedAdmin, ExportedAdmin, BoundedList):
    """What every page of a table is; the site puts it before the class that was registered."""
