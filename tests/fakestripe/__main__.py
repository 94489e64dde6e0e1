"""A Stripe to click through by hand."""

import argparse
import threading

from . import FakeStripe


def main():
    options = argparse.ArgumentParser(description="A Stripe to click through.")
    options.add_argument("--port", type=int, default=8010)
    options.add_argument("--webhooks", default="")
    options.add_argument("--currency", default="CAD")
    options.add_argument("--country", default="CA")
    with FakeStripe(**vars(options.parse_args())) as fake:
        print(f"{fake.url} takes the key {fake.key} and signs with {fake.webhook_secret}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
