"""The vendors' own SDKs, unmodified, against a running server.

An SDK lives in an environment of its own, so that the packages it wants never meet ours. Each is named by
its lock in `requirements/vendors/` (`environments.ENVIRONMENTS`); the first test that wants one installs it
into `.venv/vendors/`, with hashes, while the others wait: all of them together take 570 MB, and on two cores
with an ordinary line one to three minutes, once. What an SDK is told to do stands in a script, a module
beside the tests which imports the SDK and never ours, and which prints one line of JSON in the end:

    def test_a_mask_comes_back(site, tmp_path):                         # tests/vendors/test_some.py
        site.serve()
        told = said_by("segments", "tests.vendors.some_flow", site.url, site.key, folder=tmp_path)

        assert told["ids"] == [0, 1, 2, 70_000]

    if __name__ == "__main__":                                          # tests/vendors/some_flow.py
        print(json.dumps(flow(*sys.argv[1:])))

`site` is a new organization on an SQLite database of its own, with nothing serving it yet
(`serving.VendorSite`; `sites` is the same on each kind of database). `site.serve()` starts the server, with
settings as POSTIL_LOG_LEVEL="info"; `site.url` is where it listens, `site.key` its owner's key,
`site.join("jane", project, "reviewer")` a new account with a key. `site.main()` speaks the main API for
either, and `site.restart()` kills the server and starts it again at the same port.

A script that is to meet a restart calls `pauses.pause("a word")`; `said_by(..., at_pause=...)` is handed the
word, and the script goes on when that returns. `folder` is where the script runs: SDKs leave files where they
stand.
"""
