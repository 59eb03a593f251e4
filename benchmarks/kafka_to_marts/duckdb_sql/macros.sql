-- Text of an instant → the instant, and the offset that it was written with; null where it is no instant or has none.
CREATE MACRO instant(written) AS try_cast(written AS TIMESTAMPTZ);
CREATE MACRO offset_minutes(written) AS
    CASE WHEN substr(written, -3, 1) = ':' AND substr(written, -6, 1) IN ('+', '-') AND right(written, 6) <> '-00:00'
        THEN (CASE substr(written, -6, 1) WHEN '-' THEN -1 ELSE 1 END)
            * (try_cast(substr(written, -5, 2) AS INTEGER) * 60 + try_cast(right(written, 2) AS INTEGER)) END;
CREATE MACRO is_given(written) AS trim(coalesce(written, '')) <> '';
CREATE MACRO is_late(happened, sent) AS coalesce(epoch_ms(sent) - epoch_ms(happened) > 3600000, false);
-- The date on a wrist, and the offset of a time zone at an instant.
CREATE MACRO local_date(happened, minutes) AS
    (make_timestamp(epoch_us(happened) + minutes::BIGINT * 60000000))::DATE;
CREATE MACRO zone_offset(happened, zone) AS
    ((epoch_us(timezone(zone, happened)) - epoch_us(happened)) // 60000000)::INTEGER;
-- The nearest whole number, half up, of what is not negative.
CREATE MACRO rounded(numerator, denominator) AS ((2 * (numerator) + (denominator)) // (2 * (denominator)));
CREATE MACRO hundredths(numerator, denominator) AS
    (rounded(100 * (numerator), denominator)::DECIMAL(10, 0) * 0.01)::DECIMAL(6, 2);
