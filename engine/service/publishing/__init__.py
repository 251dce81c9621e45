"""From a draft to a version in force: diagrams, decisions and forms, checked and tried."""
