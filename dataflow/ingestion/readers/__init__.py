"""Files as tables: each file is read once, and its digest is of the bytes that were read.

In this order: `contents` (bytes, digest), a module per encoding (`parquet_files` with Feather, `csv_files`,
`json_files`), `table_files` (which encoding a name means; folders of parts), then what shape the table has:

| shape                                             | the sign of it                                                 |
| ------------------------------------------------- | -------------------------------------------------------------- |
| long bars (`bar_shapes`)                          | columns symbol, date, close, in any case: `Adj Close`, `Date`  |
| long bars keyed by (symbol, date)                 | index levels of these names                                    |
| one file per symbol in a folder                   | no column symbol, but date and close: the file's name is it    |
| Yahoo's frame of several tickers                  | two levels of columns, one of which is of price names          |
| wide closes (`bar_shapes`)                        | dates and a column of positive numbers per symbol              |
| a list of candidates (`scan_files`)               | a JSON list of objects; a CSV with a column symbol or ticker   |
| a scanner export (`scan_files`)                   | a JSON object with `data`, a list of objects                   |
| a screener's rows (`scan_files`)                  | `data` of `{"s": symbol, "d": [values]}` and the list `columns`|

What has no such sign is refused with what was found, what was looked for, and the line that mends it.
"""
