"""Every page of the dashboard. A new page is a file in pages/, a template, and a line here."""

from app.web.dashboard.declared import Page
from app.web.dashboard.pages import (
    account,
    api_box,
    data,
    dataset,
    entry,
    events,
    imports,
    jobs,
    keys,
    labels,
    people,
    project,
    projects,
    rejections,
    releases,
    reviews,
    webhooks,
    work,
)

PAGES: tuple[Page, ...] = (
    *projects.PAGES,
    *account.PAGES,
    *project.PAGES,
    *dataset.PAGES,
    *rejections.PAGES,
    *jobs.PAGES,
    *releases.PAGES,
    *reviews.PAGES,
    *people.PAGES,
    *imports.PAGES,
    *data.PAGES,
    *labels.PAGES,
    *keys.PAGES,
    *events.PAGES,
    *webhooks.PAGES,
    *api_box.PAGES,
    *work.PAGES,
    *entry.PAGES,
)
