"""监管奖惩: what organs decided on the ground of records; so far the register of measures 措施登记."""
