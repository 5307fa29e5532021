"""What people and members' software may want of the group, one intention per module."""
