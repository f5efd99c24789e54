"""Every page of the dashboard. A new page is a file here, a template, and a line."""

from app.web.dashboard.declared import Page
from app.web.dashboard.pages import account, jobs, projects

PAGES: tuple[Page, ...] = (
    *projects.PAGES,
    *account.PAGES,
    *jobs.PAGES,
)
