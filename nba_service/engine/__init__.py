"""The engines that decide: where they come from, how they are loaded, checked and watched."""
