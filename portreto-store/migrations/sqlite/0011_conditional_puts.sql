-- Whether a store made a new object only where there was none, when that was tried.
ALTER TABLE stores ADD COLUMN conditional_puts BIGINT;
