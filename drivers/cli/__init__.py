"""The command line, `tvselect`: what is typed; what is done lies in the other folders."""
