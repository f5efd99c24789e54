"""The dashboard: pages for people, at /ui. A face that asks the service's own API, as any client does.

Whatever a page shows or does is a call of the API, made in this process by the session's key: so the rules
hold, and each call can be copied as a line for curl.
"""
