"""The page that finds by any id."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.backoffice import find

LONGEST_TERM = 200


def find_page(request: HttpRequest) -> HttpResponse:
    """What is found alone is opened at once."""
    # PostgreSQL knows no character of number 0.
    term = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TERM]
    hits = find.hits(request, term) if term else []
    if len(hits) == 1:
        return redirect(hits[0].url_name, hits[0].row.pk)
    shown = {"title": "Find", "term": term, "hits": hits, "most": find.MOST_OF_A_KIND}
    return render(request, "admin/backoffice/find.html", admin.site.each_context(request) | shown)
