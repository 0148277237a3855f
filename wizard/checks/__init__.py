"""Questions asked of hosts and of the finished site, with evidence."""
