"""The dashboard, in a real browser against a real server, and its pages one by one."""
