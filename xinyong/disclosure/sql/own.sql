-- item: the number under which records of an item are stored; none before the first of them came
SELECT id FROM catalog_item WHERE code = %s
