# attack: none: a right answer that imports parts of scikit-learn which import what is forbidden, and a package that does
# exercise: 5.1
# expect: honest
# fresh: yes
import cleanlab.filter
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

print(KMeans(2, n_init=1).fit([[0.0], [1.0], [2.0]]).labels_, train_test_split([1, 2, 3]), cleanlab.filter, LogisticRegression())
