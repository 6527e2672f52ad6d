"""The words that symbols are spelled with: quotes, coins that look like pairs, exchanges that are one place.

`symbols` reads spellings with them. They only decide where a spelling alone leaves a doubt.
"""

from collections.abc import Mapping


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# No coin's own name ends with these: what ends with one is a pair.
CERTAIN_QUOTES = ("USDT", "USDC")
FIAT = _set(
    "USD EUR GBP JPY CHF AUD NZD CAD CNY CNH HKD SGD KRW TRY BRL RUB UAH ZAR MXN PLN SEK NOK DKK CZK HUF ILS INR IDR ARS"
)
COINS_AS_QUOTES = ("FDUSD", "BUSD", "TUSD", "USDD", "USDP", "DAI", "BTC", "ETH", "BNB")
# Longest first: BTCBUSD is BTC in BUSD before it is BTCB in USD.
QUOTES: tuple[str, ...] = tuple(
    sorted({*CERTAIN_QUOTES, *COINS_AS_QUOTES, *FIAT}, key=lambda quote: (-len(quote), quote))
)

# Upbit, Indodax and Bitkub write the quote first: KRW-BTC.
QUOTES_IN_FRONT = frozenset({"KRW", "IDR", "THB"})

# Coins known by name: what is left of a doubtful quote must be one, or a base that the pool spells out elsewhere. In the
# last line those whose own end could be the start of a quote (ARB in USD, not AR in BUSD).
COINS = _set("""
    AAVE ADA ALGO APE APT AR ARB ATOM AVAX AXS BAT BCH BLUR BNB BONK BTC CAKE CELO CFX CHZ COMP CRO CRV DASH DOGE DOT DYDX
    EGLD ENA ENJ ENS EOS ETC ETH FET FIL FLOKI FLOW FTM GALA GRT HBAR HYPE ICP IMX INJ IOTA JUP KAS KAVA KSM LDO LINK LRC
    LTC LUNA MANA MASK MATIC MINA MKR NEAR NEO ONDO OP ORDI PENDLE PEPE POL PYTH QTUM RENDER ROSE RUNE SAND SEI SHIB SNX SOL
    STRK STX SUI SUSHI TAO THETA TIA TON TRX UNI VET WIF WLD XLM XMR XRP XTZ YFI ZEC ZIL ZRO
    CKB DGB SNB BOB ANT BAT FTT GMT HOT QNT DENT LPT RLB SNT UST WBT
    """)
# Coins whose own name ends like a quote; bridged and staked ones, and currencies on a chain.
WHOLE_COINS = _set("""
    WBTC CBBTC TBTC LBTC RENBTC HBTC SBTC SOLVBTC PUMPBTC EBTC FBTC MBTC KBTC BBTC ENZOBTC STBTC
    WETH STETH WSTETH CBETH RETH WBETH METH FRXETH SFRXETH EZETH RSETH WEETH EETH OSETH SWETH ANKRETH CMETH SETH BETH OETH
    WBNB SLISBNB STKBNB ANKRBNB FDUSD BUSD TUSD PYUSD GUSD SUSD LUSD MUSD CUSD RUSD EUSD DUSD ZUSD HUSD OUSD AUSD
    RLUSD USDD USDP EURI AEUR CEUR AGEUR STEUR EURS SDAI XDAI
    """)
ALIASES: Mapping[str, str] = {"XBT": "BTC"}

CRYPTO_EXCHANGES = _set("""
    BINANCE BINANCEUS OKX OKEX BYBIT BITGET COINBASE KRAKEN KUCOIN GATE GATEIO MEXC HUOBI HTX BITSTAMP BITFINEX DERIBIT
    POLONIEX GEMINI BITMEX PHEMEX BINGX WHITEBIT UPBIT BITHUMB CRYPTO CRYPTOCOM HYPERLIQUID DYDX BITMART COINEX
    """)
# These exchanges have, or had, markets in BUSD, TUSD and FDUSD; elsewhere such an ending is USD.
EXCHANGES_OF_BUSD = frozenset({"", "BINANCE", "BINANCEUS", "CRYPTO", "GATE", "GATEIO", "HUOBI", "HTX", "POLONIEX"})
FUTURES_EXCHANGES = frozenset(
    {"CME", "CME_MINI", "CBOT", "CBOT_MINI", "NYMEX", "COMEX", "ICEUS", "ICEEUR", "EUREX", "CFE"}
)
FX_VENUES = frozenset({"FX", "FX_IDC", "OANDA", "FOREXCOM", "SAXO", "PEPPERSTONE", "ICMARKETS", "FXCM", "CAPITALCOM"})
# A ticker is one company on all of these.
VENUES: Mapping[str, str] = {
    **dict.fromkeys(("NASDAQ", "NYSE", "AMEX", "ARCA", "NYSEARCA", "NYSEMKT", "BATS", "CBOE", "OTC", "US"), "US"),
    **dict.fromkeys(("KOSPI", "KOSDAQ", "KONEX"), "KRX"),
    **dict.fromkeys(("TYO", "JPX"), "TSE"),
    "LON": "LSE",
    "XETRA": "XETR",
    "BINANCEUS": "BINANCE",
    "OKEX": "OKX",
    "GATEIO": "GATE",
    "HUOBI": "HTX",
}
# Yahoo's ending of a listing -> the exchange, as TradingView names it.
YAHOO_EXCHANGES: Mapping[str, str] = {
    "KS": "KRX",
    "KQ": "KRX",
    "HK": "HKEX",
    "SS": "SSE",
    "SZ": "SZSE",
    "TW": "TWSE",
    "TO": "TSX",
    "DE": "XETR",
    "PA": "EURONEXT",
    "AS": "EURONEXT",
    "BR": "EURONEXT",
    "MI": "MIL",
    "MC": "BME",
    "SW": "SIX",
    "ST": "OMXSTO",
    "CO": "OMXCOP",
    "HE": "OMXHEX",
    "OL": "OSL",
    "AX": "ASX",
    "NS": "NSE",
    "BO": "BSE",
    "SA": "BMFBOVESPA",
    "MX": "BMV",
    "SI": "SGX",
    "L": "LSE",
}
