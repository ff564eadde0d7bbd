CREATE SCHEMA IF NOT EXISTS ${analysts}
OPTIONS (description = 'What analysts may read: users who opted in, by user_key, since they did')
