"""What each page of the site shows: from statistics to what the templates print."""
