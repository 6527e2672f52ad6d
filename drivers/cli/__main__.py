"""`python -m tradingview_scraper.pipelines.selection.drivers.cli`, for where the script isn't on the path."""

from tradingview_scraper.pipelines.selection.drivers.cli.main import main

if __name__ == "__main__":
    main()
