"""Files as programs and sites export them: headers, scales, dates, spreadsheets."""
