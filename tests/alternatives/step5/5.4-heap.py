# The largest by a heap.
import heapq

rows = zip(evaluation.confidences, range(len(evaluation.labels)), evaluation.labels, evaluation.predicted)
return [at for _, at, _, _ in heapq.nlargest(count, (row for row in rows if row[2] != row[3]))]
