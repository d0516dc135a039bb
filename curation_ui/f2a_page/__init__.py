"""What pages share: served ones their listener, guard and files; reports, each one file, look and charts."""
