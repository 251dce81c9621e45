"""Who stands in for whom, and what becomes of the work of somebody who leaves (代理、离岗交接)."""
