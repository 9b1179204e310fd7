"""What clients answer to text messages: coming, cancelling, stopping, or words for their caseworker."""
