"""A series: several meetings of one client, agreed at once and told in one message. Each is an appointment of its own."""
