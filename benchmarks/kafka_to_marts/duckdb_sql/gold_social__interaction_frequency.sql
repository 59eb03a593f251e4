SELECT event_date, user_id, interaction_type, count(*) AS interaction_count,
    count(DISTINCT target_user_id) AS target_count, count(DISTINCT group_id) AS group_count
FROM social__interactions
GROUP BY event_date, user_id, interaction_type
